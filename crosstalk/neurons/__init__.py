"""Which units follow syntax and which follow meaning: statistics over equivalence sets, and the partition they give."""
