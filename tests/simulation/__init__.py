"""The deterministic simulation (RELIABILITY 4.4, rung 1): nights in virtual time, in which processes die and nobody may be lost.

What is real: desk, lanes, rounds, bot face, answer page, store, vault, words and journal, unchanged, on SQLite or on PostgreSQL.
What is simulated, from one seed a night:

- time (``virtual``): the loop jumps to the next timer; a story second takes between 1/40 and 1/300 of a second of it;
- the world (``world``): a bot account, a relay, a gateway that takes our id and one that does not; their faults, outages and
  account troubles; phones blocked, lost or without signal; receipts early, late, twice, shuffled and contradictory;
- staff (``staff``): prompt, late, wrong, silent; by button, digit or page; link scanners; buttons pressed by strangers;
- the cell (``cell``): sends, repeats what it got no answer to, stops, freezes, and tries what has to be refused;
- processes (``process``, ``posts``): one to three at once. They die at 23 named points (``crashes``) around every commit and on
  the wire, are stopped gracefully, stay away, stand still for 5 to 40 s and go on as zombies, or lose their line to the database,
  also after a commit whose news is lost. One holds the home's lock; the others wait for leases.

After the storm comes the calm: faults stop, and everything must end. Then ``checker`` judges by what the phones got, what the
operators were shown and when calls started; of our tables it asks only the journal's own verifier. Two invariants are by the
book: who owned a lane when (``fencing``), and in which order transactions locked rows (``locks``).

What is tolerated, and why:

- a copy after a call whose outcome nobody could know: its process died, stood still or had no database before it was settled;
  at most the window for each such moment and lane, three a person, channel and step (P2);
- a call at the very instant at which its stalled process goes on: it had asked before, and no provider knows our epochs;
- an alert that the cell has confirmed without being shown its number: whoever it asked died or stood still, and came to it later;
- a call within 0.1 s after an answer counted: it had been let go at that moment;
- an attempt of a process that died before the settle is missing from the journal; everybody else's has to be there;
- Telegram is not tried again for whoever has blocked the bot and been called before: the chat is known to be dead;
- errors in the log that name a fault of the world: an account that cannot send, a database that is away;
- answers that share a commit on SQLite lock their recipients in order of arrival: nobody else writes meanwhile;
- recipients locked by the hash of a button or a link, in order of id: the statement names none of them.

A seed that found something is repeated by ``python -m tests.simulation SEED``, which says it as JSON; it then joins ``FIXED`` in
``test_campaign``. A night on SQLite is the same to the letter; on PostgreSQL transactions run beside each other, and the order
of their commits may differ.

``planted`` holds bugs of one line each. The unchanged campaign must name the invariant that each breaks: without it, finding
nothing means nothing.
Its blind spots: outcomes that a deposed process would keep to itself (``tests/lanes`` has them), and a row
that was cancelled without a call, which the ladder tries after all.
"""
