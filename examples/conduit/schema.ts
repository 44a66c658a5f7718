/** The versions of the database, for `migrate`. */
export const MIGRATIONS = [
  `CREATE TABLE users (
     id INTEGER PRIMARY KEY,
     username TEXT NOT NULL COLLATE NOCASE UNIQUE,
     email TEXT NOT NULL COLLATE NOCASE UNIQUE,
     password TEXT NOT NULL,
     bio TEXT,
     image TEXT
   ) STRICT;
   CREATE TABLE follows (
     follower INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
     followed INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
     PRIMARY KEY (follower, followed)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE articles (
     id INTEGER PRIMARY KEY,
     author INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
     slug TEXT NOT NULL UNIQUE,
     title TEXT NOT NULL,
     description TEXT NOT NULL,
     body TEXT NOT NULL,
     createdAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
     updatedAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
   ) STRICT;
   CREATE INDEX articles_by_author ON articles (author);
   CREATE TABLE tags (
     article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
     tag TEXT NOT NULL,
     position INTEGER NOT NULL,
     PRIMARY KEY (article, tag)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX articles_by_tag ON tags (tag);
   CREATE TABLE favorites (
     article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
     user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
     PRIMARY KEY (article, user)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX favorites_by_user ON favorites (user);

   CREATE TABLE comments (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     article INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
     author INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
     body TEXT NOT NULL,
     createdAt TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
   ) STRICT;
   CREATE INDEX comments_by_article ON comments (article)`,
];
