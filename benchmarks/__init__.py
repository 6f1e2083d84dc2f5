"""Figures, measured and never asserted: ours beside the raw limit, in one run, as ratios."""
