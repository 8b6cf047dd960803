"""The revocation feed: what every backend must refuse from now on."""
