"""The models: grown on a panel, calibrated on a later cutoff, blended, explained."""
