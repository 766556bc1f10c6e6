"""Floor 2: user level. sigma0, the pagers and what they share, applications and their regions.

Everything here is written against the kernel's system calls alone; it could be a program on a
real L4 kernel. One address space that spans nodes exists only here.
"""
