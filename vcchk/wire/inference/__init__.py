"""Finding a platform's rules without I/O: from a captured message, from a reply alone, or from refusals one by one."""
