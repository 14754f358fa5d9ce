import { expect, test } from "vitest";
import { slugOf } from "./slug";

test.each([
  ["Plomberie Gagné & Fils", "plomberie-gagne-fils"],
  ["L’Atelier d’Élodie", "l-atelier-d-elodie"],
  ["Chauffage Cœur-du-Québec inc.", "chauffage-coeur-du-quebec-inc"],
  ["3 Rivières Plomberie", "rivieres-plomberie"],
  ["  ***  ", ""],
  ["Salon   Beauté -", "salon-beaute"],
])("%s → %s", (company, slug) => {
  expect(slugOf(company)).toBe(slug);
});
