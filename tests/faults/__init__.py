"""Faults, each with a test that is named after it: ``test_row_NN_…`` for the rows of the fault matrix (RELIABILITY.md 3), and
``test_threat_NN_…`` for the threats (RELIABILITY.md 2). What must come of each is written there; here is where it is shown.

======= ========================================================== ==========================================
row     fault                                                      shown in
======= ========================================================== ==========================================
3 to 6  killed before, during and after the wire, and in a loop    test_killed
7       the disk is full                                           test_database, test_disk (at every call)
8       a write or an fsync fails; the power goes                  test_database, test_disk (at every call)
10      PostgreSQL is away, cut, killed; a commit without answer   test_database, test_failover
14      a time-out after the provider took it                      test_providers
15      429 and a wait                                             test_providers
16      500, 502, 503                                              test_providers
17      success that is garbage                                    test_providers
18      answers without end                                        test_providers
19      a provider that is down for long; its return               test_providers
20      both text accounts are dead                                test_providers
29      a poison message                                           test_spoilt
30      a malformed import; one that is cut off                    test_spoilt
38      DNS down or poisoned                                       test_providers
39      the host is lost                                           test_lost_host, test_watchdog, test_paper
======= ========================================================== ==========================================

======= ========================================================== ==========================================
threat  who                                                        shown in
======= ========================================================== ==========================================
10      a thief of disk, logs and backups; a new key               test_canaries, test_new_key
12      the author of an import file                               test_hostile_files
14      somebody inside who alters the journal                     test_altered_journal, test_watchdog, tests/cli/test_journal
15      addresses that lead inwards, a clock turned back           test_inward
======= ========================================================== ==========================================

Where a database matters the test runs on SQLite and on PostgreSQL; what can happen to one of them only says so. The long
campaigns (``test_disk``, ``test_altered_journal``) are run whole by ``make soak``.
"""
