use super::*;

fn chosen(text: &str, read_only: bool) -> Steering {
    let file: File = toml::from_str(text).unwrap();
    let scope = ScopeArgs { read_only, ..ScopeArgs::default() };
    let nowhere = Environment { colours: Colours::None, config_folder: None, state_folder: None };
    steering(&scope, &file, &nowhere)
}

#[test]
fn a_context_goes_before_all_and_the_flag_only_locks() {
    let text = "require_reason = true\n[contexts.prod]\nread_only = true\n[contexts.lab]\nrequire_reason = false\n";
    let of = |steering: &Steering, context| (steering.is_read_only(context), steering.needs_reason(context));
    let file = chosen(text, false);
    assert_eq!(of(&file, "prod"), (true, true));
    assert_eq!(of(&file, "lab"), (false, false));
    assert_eq!(of(&file, "prod2"), (false, true), "names are whole names");
    let open = chosen("read_only = true\n[contexts.lab]\nread_only = false\n", false);
    assert_eq!((open.is_read_only("prod"), open.is_read_only("lab")), (true, false));
    let locked = chosen("[contexts.lab]\nread_only = false\n", true);
    assert!(locked.is_read_only("lab"), "no file unlocks what the command line locks");
}

#[test]
fn a_prometheus_is_named_looked_for_or_not_wanted() {
    let of = |text: &str, context: &str| {
        let file: File = toml::from_str(text).unwrap();
        let settings = metrics(&ScopeArgs::default(), &file).unwrap().of(context)?;
        Some(settings.way.map(|way| way.to_string()))
    };
    assert_eq!(of("", "prod"), Some(None), "nothing is written: it is looked for");
    assert_eq!(of("[prometheus]\ndiscover = false\n", "prod"), None);
    let text = "[prometheus]\nurl = \"http://x:9090\"\n[contexts.lab.prometheus]\nwindow = \"5m\"\n";
    assert_eq!(of(text, "prod"), Some(Some("http://x:9090".to_owned())));
    assert_eq!(of(text, "lab"), Some(None), "the section of a context stands for the whole");
}
