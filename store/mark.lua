-- Marks data with the version of their schema, even if they are marked already:
-- a Redis that takes no changes refuses it.
redis.call('SET', KEYS[1], SCHEMA)
return SCHEMA
