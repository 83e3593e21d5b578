from django.urls import path

from sso.api.idps import IdpDetail, IdpList, IdpMappers

urlpatterns = [
    path("idps", IdpList.as_view()),
    path("idps/<str:alias>", IdpDetail.as_view()),
    path("idps/<str:alias>/mappers", IdpMappers.as_view()),
]
