//! How a variant is called in a report.

/// Turns the name of a variant into the words of a report: `AddTodo` becomes `add_todo`.
pub(crate) fn words(variant: &str) -> String {
    let mut name = String::with_capacity(variant.len() + 4);
    let characters: Vec<char> = variant.chars().collect();
    for (at, character) in characters.iter().enumerate() {
        let after_lower = at > 0 && !characters[at - 1].is_uppercase() && characters[at - 1] != '_';
        let before_lower = characters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if character.is_uppercase() && at > 0 && characters[at - 1] != '_' && (after_lower || before_lower) {
            name.push('_');
        }
        name.extend(character.to_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn variants_become_words() {
        assert_eq!(words("Add"), "add");
        assert_eq!(words("AddTodo"), "add_todo");
        assert_eq!(words("HTTPGet"), "http_get");
        assert_eq!(words("Already_Split"), "already_split");
    }
}
