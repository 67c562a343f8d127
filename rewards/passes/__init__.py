"""A member's voucher in the phone's own wallet: what Apple and Google want to be sent."""
