"""`frontdesk doctor`: what a platform looks like from beside it. It reads, and changes nothing anywhere."""
