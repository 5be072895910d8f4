def main(whole): return 0
