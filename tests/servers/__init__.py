"""Local servers that speak real protocols over real sockets; context managers on 127.0.0.1."""
