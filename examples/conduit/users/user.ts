import { IsEmail, IsOptional, IsString } from 'class-validator';
import { Filled, IfGiven } from '../validators.js';

/** An account, as it is stored. */
export interface User {
  id: number;
  username: string;
  email: string;
  /** What `hashPassword` gave. */
  password: string;
  bio: string | null;
  image: string | null;
}

/** An account, as its owner sees it. */
export interface OwnUser extends Pick<User, 'username' | 'email' | 'bio' | 'image'> {
  token: string;
}

/** A blank address is not an address either; one complaint is enough. */
const address = { message: ({ value }: { value: unknown }) => (String(value ?? '').trim() ? 'is invalid' : "can't be blank") };

export class Registration {
  @Filled() username!: string;
  @IsEmail({}, address) email!: string;
  @Filled() password!: string;
}

export class Login {
  @Filled() email!: string;
  @Filled() password!: string;
}

/** What is left out stays; `null` clears what may be empty. */
export class UserChanges {
  @IfGiven() @Filled() username?: string;
  @IfGiven() @IsEmail({}, address) email?: string;
  @IfGiven() @Filled() password?: string;
  @IsOptional() @IsString({ message: 'is invalid' }) bio?: string | null;
  @IsOptional() @IsString({ message: 'is invalid' }) image?: string | null;
}
