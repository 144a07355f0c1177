"""What a badge is: read, bake, check and sign Open Badges, without a framework or a network."""
