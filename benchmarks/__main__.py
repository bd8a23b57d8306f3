"""`make bench`: answer every question of this folder, one after another."""

from benchmarks import clv, road

if __name__ == "__main__":
    road.main()
    clv.main()
