"""What somebody would use instead. These modules run in an environment of their own (``benchmarks/peers.lock``) and know
nothing of ours: each is ``python -m benchmarks.peers.NAME SINK POSTGRES COUNT`` and prints one JSON line, enqueueing counted in.
"""
