"""What must not be shown: small counts of people, stays and acts, and all that would give them away."""
