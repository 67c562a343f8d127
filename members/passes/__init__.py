"""A member's card in the phone's own wallet: what Apple and Google want to be sent."""
