"""Serve /metrics to Prometheus: counters of requests and events, and gauges of what must not be missed."""
