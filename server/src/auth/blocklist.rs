//! Which passwords of sufficient length are still too easy: those that lists of leaked passwords begin
//! with, keyboard walks and repetitions, and words anybody would try for this account. There are no rules
//! about kinds of characters: they make passwords worse.

/// Leaked again and again, at twelve characters or more.
const LEAKED: &[&str] = &[
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "correct-horse-battery-staple",
    "thequickbrownfox",
    "the quick brown fox",
    "abcd1234abcd",
    "a1b2c3d4e5f6",
    "a1b2c3d4e5f6g7",
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u8i",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "1qazxsw23edc",
    "q1w2e3r4t5y6",
    "qazwsxedcrfv",
    "zaq12wsxcde3",
    "zaq1xsw2cde3",
    "qweasdzxc123",
    "qweqweqweqwe",
    "asdfghjkl123",
    "qwertyasdfgh",
    "qwertyasdfzxcv",
    "123qweasdzxc",
    "1234qwerasdf",
    "iloveyou1234",
    "iloveyouforever",
    "iloveyousomuch",
    "letmeinplease",
    "letmein12345",
    "trustno1trustno1",
    "jesuschrist1",
    "unbelievable",
    "mypassword123",
    "changemeplease",
    "changeme1234",
    "passw0rd1234",
    "p@ssw0rd1234",
    "p@ssword1234",
    "p@$$w0rd1234",
    "pa$$word1234",
    "administrator",
    "administrator1",
    "dragonball123",
    "liverpoolfc1",
    "manchesterunited",
    "harrypotter1",
    "spongebob1234",
    "starwars1234",
    "superman1234",
    "batman123456",
    "football1234",
    "princess1234",
    "sunshine1234",
    "whatever1234",
    "computer1234",
    "internet1234",
    "samsung12345",
    "michael12345",
    "charlie12345",
    "123456789abc",
    "abc123456789",
    "123456789qwe",
    "1234567890qwertyuiop",
    "qwertyuiop1234567890",
    "to be or not to be",
    "maytheforcebewithyou",
    "may the force be with you",
    "nevergonnagiveyouup",
    "opensesame123",
];

/// Words that alone, or with each other and some digits, are no secret.
const COMMON: &[&str] = &[
    "support",
    "operations",
    "console",
    "opsctl",
    "troubleshooting",
    "helpdesk",
    "service",
    "customer",
    "ticket",
    "staff",
    "office",
    "company",
    "team",
    "server",
    "database",
    "password",
    "passwort",
    "passphrase",
    "passwd",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "pa$$word",
    "secret",
    "geheim",
    "kennwort",
    "login",
    "signin",
    "welcome",
    "willkommen",
    "hello",
    "hallo",
    "admin",
    "root",
    "user",
    "test",
    "demo",
    "guest",
    "default",
    "changeme",
    "letmein",
    "access",
    "master",
    "system",
    "temp",
    "temporary",
    "backup",
    "public",
    "private",
    "iloveyou",
    "love",
    "dragon",
    "monkey",
    "shadow",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "batman",
    "starwars",
    "pokemon",
    "whatever",
    "internet",
    "computer",
    "samsung",
    "spring",
    "summer",
    "autumn",
    "winter",
    "sommer",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfgh",
    "zxcvbn",
    "abc",
];

/// Rows one can walk along, in either direction, round their ends too.
const WALKS: &[&str] = &[
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "1234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "yxcvbnm",
    "zxcvbnm",
    "!@#$%^&*()",
    "!\"\u{a7}$%&/()=",
];

/// Letters that have to be left when the words everybody knows are taken away.
const OWN_LETTERS: usize = 5;

/// Why it is easy to guess; `None` when nothing speaks for that. `own`: e-mail and name of the person.
pub(super) fn too_easy(password: &str, own: &[&str]) -> Option<&'static str> {
    let lower = password.to_lowercase();
    let letters: Vec<char> = lower.chars().collect();
    if LEAKED.contains(&lower.trim()) {
        return Some("many people use it");
    }
    if distinct(&letters) < OWN_LETTERS {
        return Some("it has only a few different characters");
    }
    if repeats(&letters) {
        return Some("it is one short piece over and over");
    }
    if walked(&letters) * 4 >= letters.len() * 3 {
        return Some("it follows the alphabet, the digits or the keyboard");
    }
    made_of_known_words(&lower, own)
}

fn distinct(letters: &[char]) -> usize {
    let mut seen = letters.to_vec();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

fn repeats(letters: &[char]) -> bool {
    (1..=letters.len() / 2).any(|period| letters.iter().zip(&letters[period..]).all(|(one, next)| one == next))
}

/// How many characters belong to walks of at least four.
fn walked(letters: &[char]) -> usize {
    let (mut total, mut from) = (0, 0);
    while from < letters.len() {
        let run = WALKS.iter().map(|row| row.chars().collect::<Vec<_>>()).map(|row| walk_from(&letters[from..], &row)).max().unwrap_or(1);
        if run >= 4 {
            total += run;
            from += run;
        } else {
            from += 1;
        }
    }
    total
}

fn walk_from(letters: &[char], row: &[char]) -> usize {
    let place = |letter: char| row.iter().position(|key| *key == letter);
    let along = |step: usize| {
        let steps = letters
            .windows(2)
            .take_while(|pair| matches!((place(pair[0]), place(pair[1])), (Some(one), Some(next)) if (one + step) % row.len() == next));
        1 + steps.count()
    };
    along(1).max(along(row.len() - 1))
}

fn made_of_known_words(lower: &str, own: &[&str]) -> Option<&'static str> {
    let own: Vec<String> = own
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= 3)
        .collect();
    let without_own = taken_away(lower, own.iter().map(String::as_str));
    if without_own != lower && own_letters(&without_own) < OWN_LETTERS {
        return Some("it is little more than your own name or e-mail");
    }
    let rest = taken_away(&without_own, COMMON.iter().copied());
    (rest != lower && own_letters(&rest) < OWN_LETTERS).then_some("it is little more than words that are tried first")
}

/// Longest first, so that a word within another leaves no remains.
fn taken_away<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> String {
    let mut words: Vec<&str> = words.collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.into_iter().fold(text.to_owned(), |rest, word| rest.replace(word, " "))
}

fn own_letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphabetic()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[&str] = &["anna.roth@northwind.example", "Anna Roth"];

    #[test]
    fn what_is_tried_first_is_refused() {
        for easy in [
            "correct horse battery staple",
            "CorrectHorseBatteryStaple",
            "1qaz2wsx3edc",
            "aaaaaaaaaaaa",
            "abababababab",
            "aabbccaabbcc",
            "abcdeabcdeab",
            "123456789012",
            "abcdefghijklm",
            "zyxwvutsrqpo",
            "qwertyuiopasdfgh",
            "poiuytrewq098765",
            "1234567890qwe",
            "Password2024!!",
            "password8301947",
            "Support-Console-1",
            "SupportConsole!",
            "Welcome to support 1",
            "operations console",
            "Winter2026Summer",
            "adminadminadmin1",
            "admin-password-1",
            "anna.roth@northwind",
            "AnnaRoth20261121",
            "northwind-anna-1",
            "Anna Roth password",
            "!@#$%^&*()!@#",
            "hallo-passwort-99",
        ] {
            assert!(too_easy(easy, OWN).is_some(), "{easy}");
        }
    }

    #[test]
    fn what_only_one_person_would_say_is_taken() {
        for good in [
            "under the old viaduct",
            "seven pears in the attic",
            "kT9#vQ2!mZ4x",
            "8301 5527 9946 2074",
            "my support cat is grumpy",
            "Donaudampfschifffahrt",
            "\u{9ec4}\u{8272}\u{7684}\u{5c0f}\u{8239}\u{5728}\u{6cb3}\u{4e0a}\u{6162}\u{6162}\u{6f02}",
            "annabelle sings alone",
            "password-less doors creak",
        ] {
            assert_eq!(too_easy(good, OWN), None, "{good}");
        }
    }

    #[test]
    fn own_words_count_for_the_own_account_only() {
        assert!(too_easy("AnnaRoth20261121", OWN).is_some());
        assert_eq!(too_easy("AnnaRoth20261121", &["ben@contoso.example"]), None);
    }

    #[test]
    fn every_leaked_entry_could_be_chosen_otherwise() {
        assert!(LEAKED.iter().all(|entry| entry.chars().count() >= 12 && *entry == entry.to_lowercase()));
    }
}
