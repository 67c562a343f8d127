"""All benchmarks, one after the other: `make bench`."""

from bench import purchases

if __name__ == "__main__":
    purchases.main()
