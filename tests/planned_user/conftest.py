from tests.llm.clean_room import clean_room

__all__ = ["clean_room"]
