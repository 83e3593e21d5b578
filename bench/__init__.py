"""How fast it is: `make bench` measures a real server on PostgreSQL and writes docs/benchmarks.md."""
