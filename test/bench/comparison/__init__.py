"""Ours against 3.0.6: the lab of the system tests, with instruments.

    processes   what the processes of a daemon use, by /proc
    wire        when a packet has arrived, by the kernel's clock
    deathwatch  when a line has been written to a log
    measures    the measurements: clusters of each flavour, and what is done with them
    report      values, medians, ratios, aims
"""
