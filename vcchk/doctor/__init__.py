"""The examination behind ``vcchk doctor``: each check is a function that yields `Finding`s."""
