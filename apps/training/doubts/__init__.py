"""Images that scoring doubts: kept from being asked about, shown, and settled by a manager."""
