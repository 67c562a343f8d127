"""The members' portal: pages of members, rewards and campaigns under one name."""

import campaigns.urls
import members.urls
import rewards.urls

app_name = "portal"
urlpatterns = [*members.urls.urlpatterns, *rewards.urls.urlpatterns, *campaigns.urls.urlpatterns]
