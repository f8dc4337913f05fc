"""What shows brought: viewers, followers, questions, orders, and what people said of the AI."""
