"""Speed beside comparable programs, as ratios measured side by side in one run."""
