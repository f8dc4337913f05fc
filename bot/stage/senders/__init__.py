"""Programs that carry one connection each. Started by bot.stage.child, one process per connection."""
