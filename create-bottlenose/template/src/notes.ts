import { abort, Body, Controller, Delete, Get, Post, Status } from 'bottlenose';
import { Database } from 'bottlenose/sqlite';
import { Length } from 'class-validator';

export interface Note {
  id: number;
  text: string;
}

/** What a client sends. Anything else is answered with 422, and never reaches the controller. */
export class NewNote {
  @Length(1, 200) text!: string;
}

@Controller('/notes')
export class Notes {
  @Get()
  list(db: Database) {
    return db.prepare<[], Note>('SELECT * FROM notes ORDER BY id').all();
  }

  @Get('/<id:int>')
  show(id: number, db: Database) {
    return db.prepare<[number], Note>('SELECT * FROM notes WHERE id = ?').get(id) ?? abort(404, `There is no note ${id}.`);
  }

  @Post()
  @Status(201)
  create(@Body(NewNote) { text }: NewNote, db: Database) {
    return db.prepare<[string], Note>('INSERT INTO notes (text) VALUES (?) RETURNING *').get(text);
  }

  @Delete('/<id:int>')
  @Status(204)
  remove(id: number, db: Database) {
    db.prepare('DELETE FROM notes WHERE id = ?').run(id);
  }
}
