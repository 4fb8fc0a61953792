-- The platform's tables; `TABLES` in store.py names them, referring ones first.
CREATE TABLE IF NOT EXISTS apps (
  app_id TEXT PRIMARY KEY, app_key TEXT NOT NULL, app_name TEXT NOT NULL,
  methods TEXT NOT NULL DEFAULT ''              -- allowed methods, comma separated; empty: all
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS terminals (
  app_id TEXT NOT NULL REFERENCES apps, term_id TEXT NOT NULL, term_name TEXT NOT NULL,
  PRIMARY KEY (app_id, term_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dialects (
  app_id TEXT PRIMARY KEY REFERENCES apps, profile TEXT NOT NULL, refuses_plain INTEGER NOT NULL,
  signs_refusals INTEGER NOT NULL, verifies_first INTEGER NOT NULL, one_code INTEGER NOT NULL,
  locks_after INTEGER NOT NULL, bad INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS people (
  person INTEGER PRIMARY KEY, id_type TEXT NOT NULL, id_no TEXT NOT NULL, user_name TEXT NOT NULL,
  user_sex TEXT NOT NULL DEFAULT '', mobile_phone TEXT NOT NULL DEFAULT '', birthday TEXT NOT NULL DEFAULT '',
  nation TEXT NOT NULL DEFAULT '', telephone TEXT NOT NULL DEFAULT '', address TEXT NOT NULL DEFAULT '',
  work_unit TEXT NOT NULL DEFAULT '', photo_format TEXT NOT NULL DEFAULT '', photo_info TEXT NOT NULL DEFAULT '',
  insu_org TEXT NOT NULL DEFAULT '', UNIQUE (id_type, id_no)
);
CREATE TABLE IF NOT EXISTS cards (
  card_id TEXT PRIMARY KEY, person INTEGER NOT NULL UNIQUE REFERENCES people, mindex_id TEXT NOT NULL,
  xman_id TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
  apply_method TEXT NOT NULL DEFAULT '',
  certificate_mode TEXT NOT NULL DEFAULT '', opened REAL NOT NULL, closed REAL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS links (
  link INTEGER PRIMARY KEY, card_id TEXT NOT NULL REFERENCES cards, card_type TEXT NOT NULL, card_no TEXT NOT NULL,
  UNIQUE (card_id, card_type, card_no)
);
CREATE TABLE IF NOT EXISTS codes (
  token TEXT PRIMARY KEY, card_id TEXT NOT NULL REFERENCES cards, expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS serials (
  app_id TEXT NOT NULL, kind TEXT NOT NULL, serial TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (app_id, kind, serial)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS authorisations (
  token TEXT PRIMARY KEY, app_id TEXT NOT NULL, out_authorize_no TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('ing', 'succ', 'fail', 'cancel')),
  opened REAL NOT NULL, expires REAL NOT NULL, card_id TEXT REFERENCES cards, term_id TEXT NOT NULL,
  operator_id TEXT NOT NULL,
  operator_name TEXT NOT NULL, treatment_code TEXT NOT NULL, office_code TEXT NOT NULL, ip_addr TEXT NOT NULL,
  UNIQUE (app_id, out_authorize_no)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uses (
  use INTEGER PRIMARY KEY, at REAL NOT NULL, way TEXT NOT NULL, app_id TEXT NOT NULL, term_id TEXT NOT NULL,
  person INTEGER NOT NULL REFERENCES people, operator_id TEXT NOT NULL, operator_name TEXT NOT NULL,
  treatment_code TEXT NOT NULL, office_code TEXT NOT NULL, ip_addr TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS alterations (
  alter_no TEXT PRIMARY KEY, card_id TEXT NOT NULL REFERENCES cards, out_alter_no TEXT NOT NULL,
  method TEXT NOT NULL, at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pushes (
  push INTEGER PRIMARY KEY, card_id TEXT NOT NULL REFERENCES cards, out_close_no TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS vouchers (
  code TEXT PRIMARY KEY, person INTEGER NOT NULL REFERENCES people, expires REAL NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ec_tokens (
  token TEXT PRIMARY KEY, person INTEGER NOT NULL REFERENCES people, expires REAL NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
