def table(runs, seed):
    return 0
