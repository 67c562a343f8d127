"""The portal's pages about rewards: what there is, redeem one, show it at the till."""
