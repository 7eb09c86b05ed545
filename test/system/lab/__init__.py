"""A lab of hosts in namespaces: real daemons on real (virtual) wires, without touching the machine.

From the bottom up:

    namespaces   a holder process that keeps one set of namespaces alive, and commands run inside it
    network      the switch: bridges, ports, cuts and loss
    host         a machine: its private files, the flavour of Heartbeat installed on it, its daemon
    observer     a third host that asks for the service addresses all the time
    cluster      two hosts, a switch and an observer, with the configuration that a test asks for
    suite        registration, selection and running of tests

Needs root, Linux with network, mount, PID and UTS namespaces, iproute2 and nftables.
"""
