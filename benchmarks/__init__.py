"""How fast it is: beside the least that the engine asks of any dynamic resource, as ratios of one run."""
