//! The page for people.

use crate::running::Running;

#[test]
fn the_page_shows_a_users_todos_and_takes_new_ones() {
    let service = Running::start();
    let user = service.user("Ann & <Bob>");
    let sent =
        service.agent().post(service.url("/page/add")).send_form([("user", "1"), ("title", "Buy <milk>")]).unwrap();
    assert_eq!(sent.status().as_u16(), 200, "the form leads back to the page");
    let page = service.agent().get(service.url(&format!("/?user={user}"))).call().unwrap().body_mut().read_to_string();
    let page = page.unwrap();
    assert!(page.contains("Buy &lt;milk&gt;"), "{page}");
    assert!(page.contains("Ann &amp; &lt;Bob&gt;"), "{page}");
}

#[test]
fn the_page_of_nobody_says_so() {
    let service = Running::start();
    let page = service.agent().get(service.url("/?user=5")).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(page.contains("Nobody by that number"), "{page}");
}
