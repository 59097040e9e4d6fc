"""What the README's performance table is made with; runs with what pip installs."""
