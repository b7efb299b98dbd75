"""Who the clinic knows, and how a voice on the telephone is matched with one of them."""
