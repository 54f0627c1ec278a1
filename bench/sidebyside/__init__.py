"""Side-by-side measurements of Redis-protocol servers: standard library only; the load comes from redis-benchmark."""
