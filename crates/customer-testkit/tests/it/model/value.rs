//! T1–T5, V1–V6.

use customer_testkit::model::is_default_ignorable;
use customer_testkit::model::{
    check_email, check_name, check_phone, check_status, check_website, email_key,
};

#[test]
fn t1_length_is_counted_in_scalar_values_after_trimming() {
    assert_eq!(check_name("n"), Ok("n".to_owned()));
    assert_eq!(check_name(&"😀".repeat(255)), Ok("😀".repeat(255)));
    assert_eq!(check_name(&"😀".repeat(256)), Err("TOO_LONG"));
    assert_eq!(
        check_name(&format!("  {}  ", "n".repeat(255))),
        Ok("n".repeat(255))
    );
    assert_eq!(check_phone(&"1".repeat(50)), Ok(("1".repeat(50), true)));
    assert_eq!(check_phone(&"1".repeat(51)), Err("TOO_LONG"));
    let website = format!("https://a.b/{}", "x".repeat(243));
    assert_eq!(check_website(&website), Ok((website.clone(), false)));
    assert_eq!(check_website(&format!("{website}x")), Err("TOO_LONG"));
    let bare = format!("a.b/{}", "x".repeat(251));
    assert_eq!(check_website(&bare), Ok((bare.clone(), true)));
}

#[test]
fn t2_white_space_is_trimmed() {
    for c in [
        '\t', '\n', '\u{B}', '\r', '\u{85}', '\u{A0}', '\u{1680}', '\u{2028}', '\u{3000}',
    ] {
        assert_eq!(
            check_name(&format!("{c}Acme{c}")),
            Ok("Acme".to_owned()),
            "{c:?}"
        );
    }
    assert_eq!(check_name("\u{200B}Acme"), Ok("\u{200B}Acme".to_owned()));
}

#[test]
fn t3_control_characters_are_rejected() {
    for c in [
        '\0', '\t', '\n', '\r', '\u{1B}', '\u{7F}', '\u{85}', '\u{9F}',
    ] {
        assert_eq!(
            check_name(&format!("Ac{c}me")),
            Err("CONTROL_CHARACTER"),
            "{c:?}"
        );
    }
    assert_eq!(check_name("\0Acme"), Err("CONTROL_CHARACTER"));
    assert_eq!(check_name("Ac\u{2028}me"), Ok("Ac\u{2028}me".to_owned()));
}

#[test]
fn t4_a_string_without_visible_characters_is_blank() {
    let blank = [
        "",
        " ",
        "\u{2800}",
        "\u{200B}\0",
        "\u{AD}",
        "\u{FE0F}",
        "\u{3164}",
        "\u{E0041}",
        "\u{FEFF} \u{202E}",
        "\u{115F}\u{1160}",
        "\u{1D173}",
        "\u{FFF8}",
        "\u{17B5}",
        "\u{180F}",
        "\u{2065}",
    ];
    for text in blank {
        assert_eq!(check_name(text), Err("BLANK"), "{text:?}");
    }
    for text in [
        "\u{FFF9}",
        "\u{301}",
        "\u{200B}x",
        "x\u{2800}",
        "\u{180A}",
        "\u{2070}",
    ] {
        assert_eq!(check_name(text), Ok(text.to_owned()), "{text:?}");
    }
    // The total stated in DerivedCoreProperties.txt.
    assert_eq!(
        ('\0'..=char::MAX)
            .filter(|&c| is_default_ignorable(c))
            .count(),
        4174
    );
}

#[test]
fn the_rules_of_one_string_apply_in_order() {
    assert_eq!(check_name(&"\0".repeat(300)), Err("BLANK"));
    assert_eq!(check_name(&"a\0".repeat(300)), Err("CONTROL_CHARACTER"));
    assert_eq!(check_email(&"a".repeat(256)), Err("TOO_LONG"));
    assert_eq!(check_website(&"a b".repeat(100)), Err("TOO_LONG"));
}

#[test]
fn v2_email() {
    let good = [
        "a@b.co",
        "a+tag@b.co",
        "ann@bücher.example",
        "é@b.co",
        "a@xn--bcher-kva.example",
        "a.b@c.d.e",
        "a@b.1a",
        "!#$%&'*+-/=?^_`{|}~@b.co",
        "a@1.co",
        "Å@b.co",
        "cafe\u{301}@b.co",
        "\u{2800}\u{378}😀@b.co",
        "राम@मोहन.ईन्फो",
        "info@เว็บ.ไทย",
        "info@paral·lel.cat",
        "a@b。co",
        "a@президентскаябиблиотекамениельцина.com",
        "\u{1FEF}@b.co",
    ];
    for text in good {
        assert_eq!(check_email(text), Ok(text.to_owned()), "{text:?}");
    }
    let bad = [
        "acme.example",
        "a@localhost",
        "@b.co",
        "a@",
        "a@@b.co",
        "a b@c.co",
        "a@1.2.3.4",
        "a@b.１",
        "\"a@b\"@c.co",
        "\"a\"@c.co",
        "\"@c.co",
        "a@[1.2.3.4]",
        "Ann <a@b.co>",
        "<a@b.co>",
        "a@b.co.",
        "a@.b.co",
        "a@b..co",
        ".a@b.co",
        "a.@b.co",
        "a..b@c.co",
        "a@-b.co",
        "a@b-.co",
        "a@-ü.co",
        "a@xn----eha.co",
        "a@xn--a.co",
        "a@xn--zz.co",
        "a@b_c.co",
        "a@b/c.com",
        "a@b=c.com",
        "a@b'c.com",
        "a\u{200B}b@c.co",
        "a\u{200D}b@c.co",
        "a\u{3000}b@c.co",
        "a\u{37E}b@c.co",
        "a\u{E000}@c.co",
        "a\u{F0000}@c.co",
        "a\u{FDD0}@c.co",
        "a\u{1FFFF}@c.co",
        "a@b.co, c@d.co",
        "mailto:a@b.co",
        "a(b)@c.co",
        "a@b.co\\",
    ];
    for text in bad {
        assert_eq!(check_email(text), Err("INVALID_EMAIL"), "{text:?}");
    }
    assert_eq!(check_email(" a@b.co\n"), Ok("a@b.co".to_owned()));
    assert_eq!(check_email("a@b\n.co"), Err("CONTROL_CHARACTER"));
}

#[test]
fn v2_email_limits() {
    let local = "l".repeat(64);
    assert!(check_email(&format!("{local}@b.co")).is_ok());
    assert_eq!(check_email(&format!("{local}l@b.co")), Err("INVALID_EMAIL"));
    // Octets of the NFC form.
    let local = "e\u{301}".repeat(32);
    assert!(check_email(&format!("{local}@b.co")).is_ok());
    assert_eq!(check_email(&format!("{local}l@b.co")), Err("INVALID_EMAIL"));
    assert!(check_email(&format!("a@{}.co", "d".repeat(63))).is_ok());
    assert_eq!(
        check_email(&format!("a@{}.co", "d".repeat(64))),
        Err("INVALID_EMAIL")
    );
    let domain = format!("{0}.{0}.{0}.{1}", "d".repeat(63), "e".repeat(61));
    assert!(check_email(&format!("a@{domain}")).is_ok());
    assert_eq!(check_email(&format!("aa@{domain}")), Err("TOO_LONG"));
    // Short enough as received, but the ASCII form of each `é` has 7 octets.
    let domain = |rest: usize| format!("{}{}.co", "é.".repeat(30), "x".repeat(rest));
    assert!(check_email(&format!("a@{}", domain(10))).is_ok());
    assert_eq!(
        check_email(&format!("a@{}", domain(11))),
        Err("INVALID_EMAIL")
    );
    let label = |rest: usize| format!("é{}.co", "x".repeat(rest));
    assert!(check_email(&format!("a@{}", label(55))).is_ok());
    assert_eq!(
        check_email(&format!("a@{}", label(56))),
        Err("INVALID_EMAIL")
    );
}

#[test]
fn v2_the_ascii_form_consists_of_letters_digits_and_hyphens() {
    for domain in ["b.\u{3164}", "\u{3164}.co", "\u{37A}.co", "⑴.co", "％.co"] {
        let address = format!("a@{domain}");
        assert_eq!(check_email(&address), Err("INVALID_EMAIL"), "{domain:?}");
    }
}

#[test]
fn v3_email_key() {
    let same = [
        ("Ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ΣΑΣ@b.co", "σας@b.co"),
        ("σασ@b.co", "σας@b.co"),
        ("STRASSE@b.co", "straße@b.co"),
        ("\u{212B}@b.co", "å@b.co"),
        ("a@B.CO", "A@b.co"),
        ("\u{1100}\u{1161}@b.co", "가@b.co"),
        ("𖺠@b.co", "𖺻@b.co"),
        ("\u{1FEF}@b.co", "`@b.co"),
        ("\u{3B1}\u{345}\u{301}@b.co", "ά\u{3B9}@b.co"),
        ("a@BÜ/c.com", "a@bu\u{308}/c.com"),
        ("ÉCOLE", "e\u{301}cole"),
    ];
    for (left, right) in same {
        assert_eq!(email_key(left), email_key(right), "{left} {right}");
    }
    for (left, right) in [
        ("a.b@c.co", "ab@c.co"),
        ("a+tag@b.co", "a@b.co"),
        ("ı@b.co", "i@b.co"),
        ("ａ@b.co", "a@b.co"),
        ("a@fass.de", "a@faß.de"),
        ("a@localhost", "a@localhost."),
        ("a", "a@"),
    ] {
        assert_ne!(email_key(left), email_key(right), "{left} {right}");
    }
    assert_eq!(email_key("Ann@BÜCHER.example"), "ann@xn--bcher-kva.example");
    assert_eq!(email_key("Nope"), "nope");
}

#[test]
fn v4_phone() {
    for international in ["+14155550100", "0044 20", "+1 (415)", "+1x", "001"] {
        assert_eq!(
            check_phone(international),
            Ok((international.to_owned(), false))
        );
    }
    for other in [
        "(415) 555-0100",
        "+",
        "00",
        "+ 1",
        "+(1)",
        "00 44",
        "++1",
        "+\u{661}",
        "0+1",
        "call us",
        "1",
    ] {
        assert_eq!(check_phone(other), Ok((other.to_owned(), true)), "{other}");
    }
    assert_eq!(check_phone(" "), Err("BLANK"));
    assert_eq!(check_phone("+1\t2"), Err("CONTROL_CHARACTER"));
}

#[test]
fn v5_website_with_a_protocol() {
    let good = [
        "HTTPS://Acme.Example/Shop",
        "http://localhost",
        "http://localhost:8080/x",
        "https://1.2.3.4",
        "https://[::1]/",
        "https://bücher.example",
        "https://a.b/@x",
        "https://a.b?x@y",
        "https://a.b#@",
        "https://a.b:",
        "https://a.b:443",
        "https://a.b/\u{2800}",
        "https://a.b//x",
        "https://a.b/?u=http://x",
        "https://my_shop.example",
        "https://a.b:/x",
        "https://a.b/%41",
    ];
    for text in good {
        assert_eq!(check_website(text), Ok((text.to_owned(), false)), "{text}");
    }
    let bad = [
        "ftp://x.example",
        "javascript://x.example",
        "git+ssh://a.b",
        "a.b://c.d",
        "https:///a.b",
        "https://",
        "https://?x",
        "https://user:pw@acme.example",
        "https://@a.b",
        "https://a.b@c.d/",
        "https://a..b",
        "https://a.b.",
        "https://.a.b",
        "https://a%2E%2Eb",
        "https://\u{3164}.b",
        "https://a.b:99999",
        "https://a.b:x",
        "https://[::1",
        "https://a.1",
        "https://a.b/x y",
        "https://a.b/\u{A0}x",
        "https://a.b/\\x",
        "https:\\\\a.b",
        "https://a\u{AD}b.c",
        "https://a.b/\u{200B}x",
        "https://a%40b.c",
        "https://xn--a.c",
        "https://a|b.c",
        "https://a%62.c",
        "https://*.foo.com",
        "https://-hello/",
        "https://hello-/",
        "https://-ü.b",
        "https://xn----eha.b",
    ];
    for text in bad {
        assert_eq!(check_website(text), Err("INVALID_URL"), "{text}");
    }
}

#[test]
fn v5_website_without_a_protocol() {
    for text in [
        "acme.example",
        "acme.example/shop",
        "acme.example:8080",
        "a.b?u=http://x",
        "bücher.example",
        "a。b",
        "a_b.c",
        "a.b:",
        "a.b/@x",
    ] {
        assert_eq!(check_website(text), Ok((text.to_owned(), true)), "{text}");
    }
    let bad = [
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@b.co",
        "https:acme.example",
        "http:8080",
        "localhost",
        "localhost:8080",
        "/acme.example",
        "//acme.example",
        "://acme.example",
        "1.2.3.4",
        "[::1]",
        "acme.example.",
        "a..b",
        ".a.b",
        "user@acme.example",
        "acme",
        "?a.b",
        "#a.b",
        "a b.c",
        "1http://a.b",
        "acme.example:x",
        "$$$.!!!",
        "a%62.c",
        "-a.b",
    ];
    for text in bad {
        assert_eq!(check_website(text), Err("INVALID_URL"), "{text}");
    }
    assert_eq!(check_website("a.b/\tx"), Err("CONTROL_CHARACTER"));
    assert_eq!(check_website("\u{200B}"), Err("BLANK"));
}

#[test]
fn v6_status_is_compared_without_trimming() {
    assert!(check_status("active").is_ok() && check_status("inactive").is_ok());
    for text in ["", " ", "ACTIVE", " active", "active\n", "\0"] {
        assert_eq!(check_status(text), Err("INVALID_CHOICE"), "{text:?}");
    }
}
