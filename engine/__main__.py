"""`python -m engine`."""

import os

# Before PyTorch is loaded: its threads wait for each other after each small step, and where other work shares the cores
# a wait that spins takes five times as long as one that sleeps.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from engine.cli import main

main()
