export const tables = [];
