"""How fast Greffe is: ratios within one run, and times on the local cloud."""
