from django.urls import path

from accounts.api.cutting import UserCutAccess
from accounts.api.factors import UserFactors
from accounts.api.groups import GroupDetail, GroupList, GroupMember, GroupMembers
from accounts.api.invitations import UserInvitation
from accounts.api.me import Me, MyPassword
from accounts.api.settings import SettingsDetail, SettingsList
from accounts.api.users import UserCount, UserDetail, UserList, UserLogout, UserPassword

urlpatterns = [
    path("users", UserList.as_view(), name="users"),
    path("users/count", UserCount.as_view(), name="user-count"),
    path("users/<uuid:pk>", UserDetail.as_view(), name="user"),
    path("users/<uuid:pk>/password", UserPassword.as_view(), name="user-password"),
    path("users/<uuid:pk>/invitation", UserInvitation.as_view(), name="user-invitation"),
    path("users/<uuid:pk>/second-factors", UserFactors.as_view(), name="user-second-factors"),
    path("users/<uuid:pk>/cut-access", UserCutAccess.as_view(), name="user-cut-access"),
    path("users/<uuid:pk>/logout", UserLogout.as_view(), name="user-logout"),
    path("me", Me.as_view(), name="me"),
    path("me/password", MyPassword.as_view(), name="my-password"),
    path("groups", GroupList.as_view(), name="groups"),
    path("groups/<uuid:pk>", GroupDetail.as_view(), name="group"),
    path("groups/<uuid:pk>/members", GroupMembers.as_view(), name="group-members"),
    path("groups/<uuid:pk>/members/<uuid:user_pk>", GroupMember.as_view(), name="group-member"),
    path("security/settings", SettingsList.as_view(), name="security-settings"),
    path("security/settings/<str:key>", SettingsDetail.as_view(), name="security-setting"),
]
