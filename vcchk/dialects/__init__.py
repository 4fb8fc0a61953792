"""Finding a site's wire dialect: recording the old DLL's messages, inferring the rules, trying them out."""
