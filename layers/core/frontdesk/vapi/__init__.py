"""What Vapi sends and how it proves itself; the one package that knows Vapi's wire."""
