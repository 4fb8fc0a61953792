"""The national insurance voucher's side (医保电子凭证): document B 4.2 and the local service ``localcfc``."""
