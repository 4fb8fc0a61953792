"""The national insurance voucher (医保电子凭证): its service, the shared verify, its code for SetEcQrcode."""
