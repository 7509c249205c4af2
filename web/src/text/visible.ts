// Text of strangers: characters that nobody sees, or that turn the order of others around, are written out.

// Direction (Trojan source), zero width, other controls but tab and line ends, the separators that some take for line ends, and fillers, which are
// letters by name and nothing to the eye. What only says how the character before it looks (variation selectors) is seen there.
const UNSEEN = /(?![\t\n\r\p{Variation_Selector}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** `user\u202Egpj.exe` instead of `userexe.jpg`. What is copied is the text itself, which the caller keeps. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0").toUpperCase()}`);
}
