"""Figures, measured as ratios and medians of one run, each printed with its n."""
