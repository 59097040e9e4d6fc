"""What may be concluded: a run beside another, a gate, a judge beside people, a suite beside a corpus."""
